// Ids in the order of their making: UUID version 7. Not crypto.randomUUID: that is version 4, and missing on plain HTTP.

export const uuid = () => {
  const time = '0' + Date.now().toString(16); // twelve digits from 2004 to 2527
  let next = 0;
  // An array of one number counts as that number.
  return 'xxxxxxxx-xxxx-7xxx-axxx-xxxxxxxxxxxx'.replace(/x/g, () =>
    time[next++] || (crypto.getRandomValues(new Uint8Array(1)) % 16).toString(16));
};
