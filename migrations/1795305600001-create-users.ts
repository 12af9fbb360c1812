import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateUsers1795305600001 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table users (
        id         uuid           not null,
        email      text,
        created_at timestamptz(3) not null,
        constraint pk_users primary key (id),
        constraint uq_users_email unique (email),
        constraint ck_users_email_lower_case check (email = lower(email))
      )`);
    await runner.query('alter table users enable row level security, force row level security');
    await runner.query(`
      create policy own_users on users to task_api
        using (id = nullif(current_setting('app.user_id', true), '')::uuid)
        with check (id = nullif(current_setting('app.user_id', true), '')::uuid)`);
    await runner.query('grant select, insert, update, delete on users to task_api');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table users');
  }
}
