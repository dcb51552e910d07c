'use strict';
const $ = id => document.getElementById(id);
const stored = 'grainanalytics.key';
const number = new Intl.NumberFormat();

// A key that came in a link must not stay in the address bar or the history.
const fragment = new URLSearchParams(location.hash.slice(1)).get('key');
if (fragment !== null) {
  sessionStorage.setItem(stored, fragment);
  history.replaceState(null, '', location.pathname + location.search);
}

const key = () => sessionStorage.getItem(stored) ?? '';

async function ask(path) {
  const answer = await fetch(path, { headers: key() ? { Authorization: `Bearer ${key()}` } : {}, cache: 'no-store' });
  const body = await answer.json();
  if (!answer.ok && body.detail) throw new Error(body.detail);
  return body;
}

function element(name, text, title) {
  const made = document.createElement(name);
  made.textContent = text;
  if (title) made.title = title;
  return made;
}

function say(id, text, isError = false) {
  $(id).textContent = text;
  $(id).classList.toggle('error', isError);
}

function duration(seconds) {
  if (seconds < 60) return `${Math.floor(seconds)} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  return seconds < 86400 ? `${(seconds / 3600).toFixed(1)} h` : `${(seconds / 86400).toFixed(1)} d`;
}

async function showHealth() {
  try {
    const health = await ask('/health');
    $('dot').className = health.status === 'ok' ? 'ok' : 'bad';
    $('status').textContent = health.status === 'ok' ? 'Everything works'
      : health.database === 'ok' ? 'Degraded' : 'The database does not answer';
    const facts = {
      Engine: health.silos > 1 ? `${health.engine} × ${health.silos}` : health.engine,
      Database: health.database,
      Waiting: number.format(health.bufferSize),
      Uptime: duration(health.uptime),
      Memory: `${Math.round(health.memory.rssBytes / 1048576)} MiB`,
      Version: health.version,
    };
    $('facts').replaceChildren(...Object.entries(facts).map(([name, value]) => {
      const fact = document.createElement('div');
      fact.append(element('dt', name), element('dd', value));
      return fact;
    }));
  } catch (error) {
    $('dot').className = 'bad';
    $('status').textContent = error instanceof TypeError ? 'The server does not answer' : error.message;
    $('facts').replaceChildren();
  }
}

async function showToday() {
  if (!key()) return;
  try {
    const days = await ask('/v1/stats/dau');
    const today = days.data.at(-1);
    const types = await ask(`/v1/stats/top-events?from=${today.date}&to=${today.date}`);
    $('zone').textContent = `${today.date}, ${days.timeZone}`;
    $('users').textContent = number.format(today.activeUsers);
    const most = Math.max(1, ...types.data.map(row => row.count));
    $('types').tBodies[0].replaceChildren(...types.data.map(({ type, count }) => {
      const row = document.createElement('tr');
      const bar = document.createElement('td');
      const meter = document.createElement('meter');
      [meter.max, meter.value] = [most, count];
      bar.append(meter);
      row.append(element('td', type), element('td', number.format(count)), bar);
      return row;
    }));
    $('types').hidden = types.data.length === 0;
    $('types-empty').hidden = types.data.length > 0;
    say('key-message', '');
  } catch (error) {
    say('key-message', error.message, true);
  }
}

let cursor = null;

async function showJourney(isFirst) {
  const parameters = new URLSearchParams({ userId: $('user').value, limit: '20' });
  if (!isFirst && cursor) parameters.set('cursor', cursor);
  try {
    const page = await ask(`/v1/journey?${parameters}`);
    if (isFirst) $('events').replaceChildren();
    for (const event of page.events) {
      const item = document.createElement('li');
      const time = element('time', new Date(event.occurredAt).toLocaleString(), event.occurredAt);
      item.append(time, element('strong', event.type, event.eventId), element('code', JSON.stringify(event.payload)));
      $('events').append(item);
    }
    cursor = page.nextCursor;
    $('more').hidden = cursor === null;
    say('journey-message', isFirst && page.count === 0 ? 'No events of this user.' : '');
  } catch (error) {
    say('journey-message', error.message, true);
  }
}

function showCurl() {
  $('curl').textContent = `curl ${location.origin}/v1/events -H 'X-Write-Key: YOUR-WRITE-KEY' \\\n`
    + `  -H 'Content-Type: application/json' \\\n  -d '{"type":"page_view","userId":"user-42","payload":{"path":"/pricing"}}'`;
}

$('key-form').addEventListener('submit', event => {
  event.preventDefault();
  sessionStorage.setItem(stored, $('key').value.trim());
  showToday();
});
$('forget').addEventListener('click', () => {
  sessionStorage.removeItem(stored);
  location.reload();
});
$('journey-form').addEventListener('submit', event => {
  event.preventDefault();
  showJourney(true);
});
$('more').addEventListener('click', () => showJourney(false));
$('copy').addEventListener('click', async () => {
  await navigator.clipboard.writeText($('curl').textContent);
  $('copy').textContent = 'Copied';
});

$('key').value = key();
$('types').hidden = true;
showCurl();
showHealth();
showToday();
setInterval(() => {
  if (document.hidden) return;
  showHealth();
  showToday();
}, 5000);
