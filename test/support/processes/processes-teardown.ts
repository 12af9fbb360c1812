import { removePreparedDataDir } from './prepared-data-dir';

export default removePreparedDataDir;
