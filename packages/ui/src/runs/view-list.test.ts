import { expect, test } from 'vitest';
import { parseViews, withView, withoutView } from './view-list.ts';

const view = (name: string, q: string) => ({ name, q, sort: 'id', columns: null });

test('views are kept by name; a new one takes the place of its namesake', () => {
  const views = withView(withView([view('todo', 'state:ready')], view('bad', 'state:failed')), view('todo', 'state:ready,running'));
  expect(views).toEqual([view('bad', 'state:failed'), view('todo', 'state:ready,running')]);
  expect(withoutView(views, 'bad')).toEqual([view('todo', 'state:ready,running')]);
  expect(parseViews(JSON.stringify(views))).toEqual(views);
});

test.each([null, '', 'nonsense', '{}', '[1, null, {"name": "x"}]', '[{"name":"x","q":"","sort":"id","columns":[1]}]'])(
  'of %j nothing is kept',
  (text) => {
    expect(parseViews(text)).toEqual([]);
  },
);
