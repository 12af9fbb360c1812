import { Check, Column, Entity, PrimaryColumn, Unique } from 'typeorm';

@Entity('users')
@Unique('uq_users_email', ['email'])
@Check('ck_users_email_lower_case', 'email = lower(email)')
export class User {
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'pk_users' })
  readonly id!: string;

  /** Informational: lower-case, verified by the identity provider, or null. */
  @Column('text', { nullable: true })
  readonly email!: string | null;

  @Column('timestamp with time zone', { name: 'created_at', precision: 3 })
  readonly createdAt!: Date;
}
