import { MemoryRunIndex } from './memory-run-index.ts';
import { describeRunIndex } from './run-index-contract.ts';

describeRunIndex('the memory index', (use) => use(new MemoryRunIndex()));
