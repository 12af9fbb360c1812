import { CreateTaskApiRole1795305600000 } from './1795305600000-create-task-api-role';
import { CreateUsers1795305600001 } from './1795305600001-create-users';
import { CreateTasks1795305600002 } from './1795305600002-create-tasks';
import { CreateEnterScope1795305600003 } from './1795305600003-create-enter-scope';
import { GrantMigrations1795305600004 } from './1795305600004-grant-migrations';
import { QualifyEnterScope1795824000000 } from './1795824000000-qualify-enter-scope';
import { AddDueDates1795862000000 } from './1795862000000-add-due-dates';
import { ValidateDueDates1795862000001 } from './1795862000001-validate-due-dates';
import { IndexOpenTasks1795862000002 } from './1795862000002-index-open-tasks';
import { CreateFeeds1795868000000 } from './1795868000000-create-feeds';
import { CreateEnterChange1795868000001 } from './1795868000001-create-enter-change';
import { IndexTaskVersions1795868000002 } from './1795868000002-index-task-versions';
import { NumberWrites1795868000003 } from './1795868000003-number-writes';
import { IndexTrashContent1795868000020 } from './1795868000020-index-trash-content';
import { CountReplies1795868000050 } from './1795868000050-count-replies';
import { CreateKeyedWrites1795868000051 } from './1795868000051-create-keyed-writes';
import { CreateChangeEmail1795870000000 } from './1795870000000-create-change-email';
import { AddParentsAndPositions1795880000000 } from './1795880000000-add-parents-and-positions';
import { ValidateParentsAndPositions1795880000001 } from './1795880000001-validate-parents-and-positions';
import { IndexParents1795880000002 } from './1795880000002-index-parents';
import { IndexPositions1795880000003 } from './1795880000003-index-positions';
import { CreatePositionBetween1795880000010 } from './1795880000010-create-position-between';
import { AddRecurrence1795881000000 } from './1795881000000-add-recurrence';
import { ValidateRecurrence1795881000001 } from './1795881000001-validate-recurrence';
import { CreateFirstOccurrence1795881000002 } from './1795881000002-create-first-occurrence';
import { QuickenEnterChange1795882000000 } from './1795882000000-quicken-enter-change';
import { SweepRepliesLessOften1795882000001 } from './1795882000001-sweep-replies-less-often';
import { ConstrainColumnsByDomains1795883000000 } from './1795883000000-constrain-columns-by-domains';
import { ValidateConstraintsOfTasks1795883000001 } from './1795883000001-validate-constraints-of-tasks';
import { BoundFirstOccurrence1795884000000 } from './1795884000000-bound-first-occurrence';
import { DropIndexOfPositions1795885000000 } from './1795885000000-drop-index-of-positions';
import { ConstrainPositionsByADomain1795885000001 } from './1795885000001-constrain-positions-by-a-domain';
import { IndexPositionsAgain1795885000002 } from './1795885000002-index-positions-again';

/** Every migration, in order; the only place that names them. */
export const migrations = [
  CreateTaskApiRole1795305600000,
  CreateUsers1795305600001,
  CreateTasks1795305600002,
  CreateEnterScope1795305600003,
  GrantMigrations1795305600004,
  QualifyEnterScope1795824000000,
  AddDueDates1795862000000,
  ValidateDueDates1795862000001,
  IndexOpenTasks1795862000002,
  CreateFeeds1795868000000,
  CreateEnterChange1795868000001,
  IndexTaskVersions1795868000002,
  NumberWrites1795868000003,
  IndexTrashContent1795868000020,
  CountReplies1795868000050,
  CreateKeyedWrites1795868000051,
  CreateChangeEmail1795870000000,
  AddParentsAndPositions1795880000000,
  ValidateParentsAndPositions1795880000001,
  IndexParents1795880000002,
  IndexPositions1795880000003,
  CreatePositionBetween1795880000010,
  AddRecurrence1795881000000,
  ValidateRecurrence1795881000001,
  CreateFirstOccurrence1795881000002,
  QuickenEnterChange1795882000000,
  SweepRepliesLessOften1795882000001,
  ConstrainColumnsByDomains1795883000000,
  ValidateConstraintsOfTasks1795883000001,
  BoundFirstOccurrence1795884000000,
  DropIndexOfPositions1795885000000,
  ConstrainPositionsByADomain1795885000001,
  IndexPositionsAgain1795885000002,
];
