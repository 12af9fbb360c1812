/** Where the API is. Without the variable: at the origin of this page, behind Vite's proxy. */
export const API_URL = import.meta.env.VITE_TASK_API_URL ?? location.origin;
