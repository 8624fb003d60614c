import react from '@vitejs/plugin-react'
import { defineConfig } from 'vitest/config'

// The server embeds dist/ whole; .keep lets the Go embed directive compile
// before the first build of the page.
export default defineConfig({
  plugins: [react()],
  build: {
    target: 'es2022',
    manifest: true,
    emptyOutDir: true,
    copyPublicDir: true,
    chunkSizeWarningLimit: 1500,
  },
  server: {
    proxy: {
      '/api': { target: process.env.HOTLINE_URL ?? 'http://localhost:8080', ws: true, changeOrigin: false },
    },
  },
  test: {
    include: ['src/**/*.test.{ts,tsx}'],
    // Limits are there to end a hang only: build machines can be ten times slower.
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
})
