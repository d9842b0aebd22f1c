/** The version of the program; equal to that of its package, which a test checks. */
export const version = '1.0.0';
