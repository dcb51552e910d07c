// The beacon for the pages of a CRM (HighLevel), where it is an app's or an agency's custom JavaScript. The CRM says which user
// looks at which location, and when its router has shown another page.
import { begin } from './api.js';
import { report, shared, view, watch } from './page.js';
import { on } from './settings.js';
import { setUser } from './store.js';

const PATIENCE = 2000; // ms for an answer of the CRM

/** What one of the CRM's functions answers; an empty object when it is not there, fails, or takes too long. */
const ask = (part, name) => Promise.race([
  new Promise(resolve => setTimeout(resolve, PATIENCE)),
  Promise.resolve().then(() => window.AppUtils[part][name]()).catch(() => {}),
]).then(answer => answer || {});

let asked = 0;

/** Another page is shown, perhaps of another location: its view waits for the CRM to say of which. */
const arrive = async isAgain => {
  const turn = ++asked;
  const [user, place, company, route] = await Promise.all([
    ask('Utilities', 'getCurrentUser'), ask('Utilities', 'getCurrentLocation'), ask('Utilities', 'getCompany'), ask('RouteHelper', 'getCurrentRoute'),
  ]);
  if (turn != asked) return; // meanwhile there is yet another one
  report(); // the time until here belongs to the page and the location before
  const [, idInPath] = /\/location\/(\w+)/.exec(location.pathname) || [];
  // Ids only: names and addresses of people are none of an event's business.
  Object.assign(shared, { locationId: place.id || idInPath, companyId: company.id, userType: user.type, userRole: user.role, route: route.name });
  if (user.id) setUser(user.id);
  view(isAgain);
};

begin(() => {
  // Not every page that is shown: at first the CRM is not there yet, and its router tells of its own history.
  watch(isAgain => isAgain && arrive(true).catch(() => {}));
  on('routeLoaded routeChangeEvent', () => arrive().catch(() => {}));
  // Where this is loaded after the first route nobody will tell of it any more.
  setTimeout(() => asked || window.AppUtils && arrive().catch(() => {}), 500);
});
