import { Module } from '@nestjs/common';
import { TasksModule } from '../tasks/tasks.module';
import { TrashModule } from '../trash/trash.module';
import { BulkController } from './bulk.controller';
import { BulkService } from './bulk.service';

@Module({
  imports: [TasksModule, TrashModule],
  controllers: [BulkController],
  providers: [BulkService],
})
export class BulkModule {}
