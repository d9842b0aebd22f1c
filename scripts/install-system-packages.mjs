// Installs the Debian packages that some test suites need, without starting any service. Runs on Node 24.
import { installSystemPackages } from '../packages/testkit/src/system-packages/install-system-packages.ts';
import { testSuites } from '../packages/testkit/src/system-packages/suites.ts';

const outcome = installSystemPackages(testSuites);
if (outcome.kind === 'installed') console.error(`Installed: ${outcome.packages.join(', ')}`);
if (outcome.kind === 'refused') console.error(`Not installed: ${outcome.packages.join(', ')} (${outcome.reason}). Their suites are skipped.`);
