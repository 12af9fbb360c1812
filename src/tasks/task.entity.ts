import {
  Check,
  Column,
  Entity,
  Index,
  JoinColumn,
  ManyToOne,
  PrimaryColumn,
  type Relation,
} from 'typeorm';
import { User } from '../users/user.entity';

/** The largest title and description, in code points; the database checks the same. */
export const TITLE_MAX_LENGTH = 200;
export const DESCRIPTION_MAX_LENGTH = 10_000;
/** 0 is none. */
export const PRIORITY_MAX = 4;
export const TAGS_MAX = 10;
export const TAG_MAX_LENGTH = 50;
/** Of a task, its subtasks, and theirs. */
export const TREE_LEVELS_MAX = 8;
/** The length of `YYYY-MM-DDTHH:MM`. A date alone has no time zone. */
export const DUE_TIME_LENGTH = 16;
export const RECURRENCE_MAX_LENGTH = 255;

@Entity('tasks')
@Check(
  'ck_tasks_time_zone',
  `time_zone is null or coalesce(char_length(due), 0) = ${DUE_TIME_LENGTH}`,
)
@Check('ck_tasks_parent_id', 'parent_id <> id')
@Index('ix_tasks_open', ['userId', 'id'], { where: 'not completed' })
@Index('ix_tasks_version', ['userId', 'version'])
@Index('ix_tasks_parent', ['userId', 'parentId'], { where: 'parent_id is not null' })
@Index('ux_tasks_position', ['userId', 'position'], {
  unique: true,
  where: 'position is not null',
})
export class Task {
  /** First column of every index, so that every access path starts at its owner. */
  @PrimaryColumn('uuid', { name: 'user_id', primaryKeyConstraintName: 'pk_tasks' })
  readonly userId!: string;

  /** UUIDv7; its millisecond is `createdAt`, so the key order is the order of creation. */
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'pk_tasks' })
  readonly id!: string;

  @Column('text')
  readonly title!: string;

  @Column('text', { nullable: true })
  readonly description!: string | null;

  @Column('boolean')
  readonly completed!: boolean;

  /** `YYYY-MM-DD` or `YYYY-MM-DDTHH:MM`, local, as text: it sorts, and it means what the user wrote. */
  @Column({ type: 'text', nullable: true, collation: 'C' })
  readonly due!: string | null;

  /** The time zone of `due`; null means wherever the user is. */
  @Column('text', { name: 'time_zone', nullable: true })
  readonly timeZone!: string | null;

  /** The rule by which the next task is made when this one is completed; a done task has none. */
  @Column({ type: 'text', nullable: true, collation: 'C' })
  readonly recurrence!: string | null;

  /** Where the next date is counted from. */
  @Column({ type: 'text', name: 'recurrence_from', default: 'due', collation: 'C' })
  readonly recurrenceFrom!: 'due' | 'completion';

  @Column('smallint', { default: 0 })
  readonly priority!: number;

  /** An array of strings. */
  @Column('jsonb', { default: [] })
  readonly tags!: readonly string[];

  /** The task above this subtask, which may be in the trash, or erased. */
  @Column('uuid', { name: 'parent_id', nullable: true })
  readonly parentId!: string | null;

  /** The position that a move gave it; null means that of its creation (task-fields.ts). */
  @Column({ type: 'text', nullable: true, collation: 'C' })
  readonly position!: string | null;

  /** Null if the task is open, or was completed before this column existed. */
  @Column('timestamp with time zone', { name: 'completed_at', precision: 3, nullable: true })
  readonly completedAt!: Date | null;

  /** The number of the last change in the feed of its user; the strong ETag. */
  @Column('bigint')
  readonly version!: string;

  @Column('timestamp with time zone', { name: 'created_at', precision: 3 })
  readonly createdAt!: Date;

  @Column('timestamp with time zone', { name: 'updated_at', precision: 3 })
  readonly updatedAt!: Date;

  @ManyToOne(() => User, { onDelete: 'CASCADE' })
  @JoinColumn({ name: 'user_id', foreignKeyConstraintName: 'fk_tasks_user_id' })
  readonly user!: Relation<User>;
}
