namespace Sweep {
  export const seeds = [1, 2];
}

export default { runs: Sweep.seeds };
