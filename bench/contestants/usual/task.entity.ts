import { Exclude, Transform } from 'class-transformer';
import {
  Column,
  CreateDateColumn,
  Entity,
  PrimaryColumn,
  PrimaryGeneratedColumn,
  UpdateDateColumn,
  VersionColumn,
} from 'typeorm';
import { positionOf } from '../../../src/tasks/task-fields';

@Entity('tasks')
export class Task {
  @PrimaryGeneratedColumn('uuid')
  id!: string;

  @PrimaryColumn('uuid')
  user_id!: string;

  @Column('text')
  title!: string;

  @Column('text', { nullable: true })
  description!: string | null;

  @Column('boolean')
  completed!: boolean;

  @Column('text', { nullable: true })
  due: string | null = null;

  @Column('text', { nullable: true })
  time_zone: string | null = null;

  @Column('text', { nullable: true })
  recurrence: string | null = null;

  @Column('text')
  recurrence_from: string = 'due';

  @Column('smallint')
  priority: number = 0;

  @Column('jsonb')
  tags: string[] = [];

  @Column('uuid', { nullable: true })
  parent_id: string | null = null;

  @Transform(({ value, obj }) => positionOf((obj as Task).id, value as string | null))
  @Column('text', { nullable: true })
  position: string | null = null;

  @Column({ type: 'timestamptz', precision: 3, nullable: true })
  completed_at: Date | null = null;

  @Exclude()
  @VersionColumn()
  version!: number;

  @CreateDateColumn({ type: 'timestamptz', precision: 3 })
  created_at!: Date;

  @UpdateDateColumn({ type: 'timestamptz', precision: 3 })
  updated_at!: Date;
}
