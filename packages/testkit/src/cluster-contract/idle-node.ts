/** In the place of a NodeManager: stays until it is told to go, and has nothing to sweep. */
if (process.argv[2] === 'sweep') process.exit(0);
process.on('SIGTERM', () => process.exit(0));
setInterval(() => undefined, 60_000);
