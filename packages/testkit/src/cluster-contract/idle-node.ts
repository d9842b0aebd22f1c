/** In the place of a NodeManager: stays until it is told to go, notes warnings, and has nothing to sweep. */
if (process.argv[2] === 'sweep') process.exit(0);
process.on('SIGTERM', () => process.exit(0));
process.on('SIGUSR2', () => process.stdout.write('warned\n'));
setInterval(() => undefined, 60_000);
