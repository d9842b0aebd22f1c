// `npm run build`: bundles every package; turbo skips those whose sources have not changed.
import { build, ensureInstalled } from './workspace.mjs';

ensureInstalled();
build();
