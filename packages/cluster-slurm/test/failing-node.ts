/** A NodeManager on a machine where nothing works. */
process.exit(1);
