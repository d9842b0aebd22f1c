export { FakeClock, settle } from './fakes/fake-clock.ts';
