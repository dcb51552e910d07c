// The beacon for the pages of a CRM (HighLevel), where it is an app's or an agency's custom JavaScript. The CRM says which user
// looks at which location, and when its router has shown another page.
import { begin } from './api.js';
import { report, shared, view, watch } from './page.js';
import { on, options } from './settings.js';
import { setUser } from './store.js';

const PATIENCE = 2000; // ms for an answer of the CRM

/** What a function answers; an empty object when it fails or takes too long. */
const ask = f => Promise.race([
  new Promise(resolve => setTimeout(resolve, PATIENCE)),
  Promise.resolve().then(f).catch(() => {}),
]).then(answer => answer || {});

const told = {}; // by location

/** What the CRM tells an app's own server only: this asks that server to read it. The beacon's server never sees it, because it
 * stays valid for good. */
const askServer = place => told[place] = told[place] || ask(async () => {
  if (!options.gaApp) return {};
  const body = JSON.stringify({ encryptedData: await exposeSessionDetails(options.gaApp) });
  return (await fetch(options.gaDecrypt, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body })).json();
});

let asked = 0;

/** Another page is shown, perhaps of another location: its view waits for the CRM to say of which. */
const arrive = async isAgain => {
  const turn = ++asked;
  const [, idInPath] = /\/location\/(\w+)/.exec(location.pathname) || [];
  const [details, user, place, company, route] = await Promise.all([
    askServer(idInPath), ask(() => AppUtils.Utilities.getCurrentUser()), ask(() => AppUtils.Utilities.getCurrentLocation()),
    ask(() => AppUtils.Utilities.getCompany()), ask(() => AppUtils.RouteHelper.getCurrentRoute()),
  ]);
  if (turn != asked) return; // meanwhile there is yet another one
  report(); // the time until here belongs to the page and the location before
  // Ids only: names and addresses of people are none of an event's business.
  Object.assign(shared, {
    locationId: details.activeLocation || place.id || idInPath, companyId: details.companyId || company.id,
    userType: details.type || user.type, userRole: details.role || user.role, route: route.name,
  });
  const id = details.userId || user.id;
  if (id) setUser(id);
  view(isAgain);
};

begin(() => {
  // Not every page that is shown: at first the CRM is not there yet, and its router tells of its own history.
  watch(isAgain => isAgain && arrive(true).catch(() => {}));
  on('routeLoaded routeChangeEvent', () => arrive().catch(() => {}));
  // Where this is loaded after the first route nobody will tell of it any more.
  setTimeout(() => asked || (window.AppUtils || options.gaApp) && arrive().catch(() => {}), 500);
});
