import { describe, expect, it } from 'vitest';
import { fillTemplate, parseTemplate } from './placeholders.ts';

const fill = (text: string) => fillTemplate(parseTemplate(text), (name) => `<${name}>`);

describe('a placeholder', () => {
  it('is a name in braces', () => expect(fill('{def_dir}/train --lr={lr} {model.width}')).toBe('<def_dir>/train --lr=<lr> <model.width>'));
  it('is written with two braces when the text is meant', () => expect(fill('{{lr}} is {lr}')).toBe('{lr} is <lr>'));
});

it.each(['${HOME}', '{"a": {"b": 1}}', "awk '{ print $1 }'", 'f() { echo; }', '{1..5}', '{a,b}', '{}', '{{ x }}', '{', '}}', '$${x}'])(
  '%s stands for itself',
  (text) => {
    expect(fill(text)).toBe(text);
  },
);
