import react from '@vitejs/plugin-react';
import { defineConfig, loadEnv } from 'vite';

export default defineConfig(({ mode }) => {
  const { TASK_API_URL = 'http://127.0.0.1:3000' } = loadEnv(mode, '.', 'TASK_API_');
  return {
    plugins: [react()],
    // The page calls its own origin, and Vite passes the calls on. With VITE_TASK_API_URL it calls the
    // API itself, from another origin (src/api.ts).
    server: { proxy: { '/api': TASK_API_URL } },
  };
});
