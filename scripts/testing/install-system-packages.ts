import { installSystemPackages } from '../../packages/testkit/src/system-packages/install-system-packages.ts';
import { testSuites } from '../../packages/testkit/src/system-packages/suites.ts';

// One suite at a time: what one of them lacks must not keep another from running.
for (const suite of testSuites) {
  const outcome = installSystemPackages([suite]);
  switch (outcome.kind) {
    case 'nothing-missing':
      break;
    case 'installed':
      console.error(`Installed for the ${suite} tests: ${outcome.packages.join(' ')}`);
      break;
    case 'refused':
      console.error(`The ${suite} tests lack ${outcome.packages.join(' ')}: ${outcome.reason}`);
      break;
  }
}
