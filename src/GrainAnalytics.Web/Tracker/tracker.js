// The beacon: <script defer src="https://HOST/tracker.js" data-ga-key="WRITE_KEY"></script>
import { begin } from './api.js';
import { watchClicks } from './clicks.js';
import { view, watch, watchHistory } from './page.js';

begin(() => {
  view();
  watch(view);
  watchHistory();
  watchClicks();
});
