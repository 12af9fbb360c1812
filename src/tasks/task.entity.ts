import {
  Check,
  Column,
  Entity,
  JoinColumn,
  ManyToOne,
  PrimaryColumn,
  type Relation,
} from 'typeorm';
import { User } from '../users/user.entity';

/** The largest title and description, in code points; the database checks the same. */
export const TITLE_MAX_LENGTH = 200;
export const DESCRIPTION_MAX_LENGTH = 10_000;

@Entity('tasks')
@Check('ck_tasks_title_length', `char_length(title) between 1 and ${TITLE_MAX_LENGTH}`)
@Check('ck_tasks_description_length', `char_length(description) <= ${DESCRIPTION_MAX_LENGTH}`)
export class Task {
  /** First column of the only index, so that every access path starts at its owner. */
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

  /** Counts accepted writes; the strong ETag. */
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
