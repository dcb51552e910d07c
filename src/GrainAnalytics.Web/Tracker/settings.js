// What the script's tag says, and how to listen.

const script = document.currentScript;

export const options = script.dataset;

/** Where events go: beside the script, or to the server that data-ga-host names. */
export const endpoint = new URL('v1/events?writeKey=' + encodeURIComponent(options.gaKey), options.gaHost || script.src);

/** Makes f a function that the page never hears of, whatever happens in it. */
export const quietly = f => (...args) => {
  try {
    f(...args);
  } catch {}
};

/** Listens where all events come by first: the page's own listeners may stop them on their way. */
export const on = (types, f) => types.split(' ').map(type => addEventListener(type, quietly(f), true));
