import { defineConfig } from 'vitest/config'

/**
 * Borders run with `npm run check`, the unit project beside the sources, end-to-end alone on the machine.
 * Unit tests of one worker share what they import, which is most of the time of a small file.
 */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'borders',
          include: ['test/borders/**/*.test.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/borders/**', 'test/e2e/**', 'test/claims/**'],
          isolate: false,
          testTimeout: 20_000,
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          fileParallelism: false,
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
})
