export const seeds = [1, 2];
