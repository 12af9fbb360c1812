interface ImportMetaEnv {
  readonly VITE_TASK_API_URL?: string;
}
