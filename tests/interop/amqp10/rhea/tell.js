// Runs tests one after the other and tells of each in a line: "ok FEATURE name" or "failed …".

const tests = [];

export function test(feature, name, body) {
  tests.push({ feature, name, body });
}

export async function run() {
  for (const { feature, name, body } of tests) {
    try {
      await body();
      console.log(`ok ${feature} ${name}`);
    } catch (problem) {
      console.log(`failed ${feature} ${name}: ${problem.stack ?? problem}`);
    }
  }
}
