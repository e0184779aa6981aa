/** Ends a vitest run with one plain line, `N passed, N failed, N skipped`, and fails a run that tested nothing. */
export default class PlainLineReporter {
  onTestRunEnd(modules, unhandledErrors) {
    const count = { passed: 0, failed: 0, skipped: 0 };
    for (const module of modules) {
      let failed = 0;
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        if (state === 'failed') failed++;
        else if (state === 'passed') count.passed++;
        else count.skipped++;
      }
      // A file that can't be loaded, or a hook that throws, fails without a failed test.
      count.failed += failed === 0 && module.state() === 'failed' ? 1 : failed;
    }
    count.failed += unhandledErrors.length;
    if (count.failed > 0 || count.passed === 0) process.exitCode = 1;
    // After the summary of the default reporter, which listens to the same event.
    process.once('exit', () => {
      process.stdout.write(`\n${count.passed} passed, ${count.failed} failed, ${count.skipped} skipped\n`);
    });
  }
}
