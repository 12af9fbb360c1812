import { forgetFaults } from './fault-report';

export default forgetFaults;
