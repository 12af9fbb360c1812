import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import type { DataSource } from 'typeorm';

/** Asks the database whether it answers. */
@Injectable()
export class DatabaseProbe {
  constructor(@InjectDataSource() private readonly source: DataSource) {}

  /** @throws the driver's error when it does not */
  async check(): Promise<void> {
    await this.source.query('select 1');
  }
}
