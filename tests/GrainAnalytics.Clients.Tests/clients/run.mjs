// Runs one client: node run.mjs NAME, with GA_URL, GA_KEY, GA_COUNT and GA_PAUSE (ms between calls). Prints "CALL i" before each call, and at
// the end "EXPECTED" with what the server is to have then.
const sleep = ms => new Promise(resolve => setTimeout(resolve, ms));
const { GA_URL: url, GA_KEY: key, GA_COUNT: count = '12', GA_PAUSE: pause = '0' } = process.env;
const began = Date.now() - 3_600_000;

const expected = [], failed = [];
const test = {
  url, key, users: 3,
  user: i => `user-${i % 3}`,
  at: i => new Date(began + i * 1000),
  expect: event => expected.push(event),
  // For clients that say what became of a call and never try again: what failed may or may not have arrived.
  answered: async (event, call) => { try { const status = await call(); (status >= 200 && status < 300 ? expected : failed).push(event); } catch { failed.push(event); } },
  each: async call => {
    for (let i = 0; i < Number(count); i++) {
      console.log(`CALL ${i}`);
      await call(i);
      await sleep(Number(pause));
    }
  },
  sleep,
};
await (await import(`./${process.argv[2]}.mjs`)).default(test);
console.log('EXPECTED ' + JSON.stringify({ expected, failed }));
process.exit(0);
