/**
 * Ends a vitest run with the reasons why tests were skipped (see describeWith in test/harness) and one plain line,
 * `N passed, N failed, N skipped`. Fails a run that tested nothing.
 */
export default class PlainLineReporter {
  onTestRunEnd(modules, unhandledErrors) {
    const count = { passed: 0, failed: 0, skipped: 0 };
    const reasons = new Map();
    for (const module of modules) {
      let failed = 0;
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        if (state === 'failed') failed++;
        else if (state === 'passed') count.passed++;
        else {
          count.skipped++;
          const reason = /\[skipped: (.*?)\]/.exec(test.fullName)?.[1] ?? 'no reason given';
          reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
        }
      }
      // A file that can't be loaded, or a hook that throws, fails without a failed test.
      count.failed += failed === 0 && module.state() === 'failed' ? 1 : failed;
    }
    count.failed += unhandledErrors.length;
    if (count.failed > 0 || count.passed === 0) process.exitCode = 1;
    // After the summary of the default reporter, which listens to the same event.
    process.once('exit', () => {
      for (const [reason, tests] of reasons) process.stdout.write(`\n${tests} skipped: ${reason}`);
      process.stdout.write(`\n${count.passed} passed, ${count.failed} failed, ${count.skipped} skipped\n`);
    });
  }
}
