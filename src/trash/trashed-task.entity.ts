import {
  Column,
  Entity,
  Index,
  JoinColumn,
  ManyToOne,
  PrimaryColumn,
  type Relation,
} from 'typeorm';
import { User } from '../users/user.entity';

/** A deleted task: its content for a while, and then only the fact of its deletion. */
@Entity('trash')
@Index('ix_trash_version', ['userId', 'version'])
@Index('ix_trash_content', ['userId', 'version'], { where: 'task is not null' })
export class TrashedTask {
  @PrimaryColumn('uuid', { name: 'user_id', primaryKeyConstraintName: 'pk_trash' })
  readonly userId!: string;

  /** The id of the task. */
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'pk_trash' })
  readonly id!: string;

  /** The number of the deletion in the feed of its user. */
  @Column('bigint')
  readonly version!: string;

  @Column('timestamp with time zone', { name: 'deleted_at', precision: 3 })
  readonly deletedAt!: Date;

  /** The row as it was in `tasks`; null where it may no longer be restored. */
  @Column('jsonb', { nullable: true })
  readonly task!: Readonly<Record<string, unknown>> | null;

  @ManyToOne(() => User, { onDelete: 'CASCADE' })
  @JoinColumn({ name: 'user_id', foreignKeyConstraintName: 'fk_trash_user_id' })
  readonly user!: Relation<User>;
}
