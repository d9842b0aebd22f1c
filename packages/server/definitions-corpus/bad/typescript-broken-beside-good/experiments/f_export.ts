import { sedes } from './_seeds.ts';

export default { runs: sedes };
