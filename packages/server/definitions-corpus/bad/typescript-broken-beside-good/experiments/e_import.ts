import { seeds } from './_seeds';

export default { runs: seeds };
