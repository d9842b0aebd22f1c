export type Optimizer = 'adam' | 'sgd';

export const optimizers: readonly Optimizer[] = ['adam', 'sgd'];
