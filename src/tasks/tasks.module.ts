import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { UsersModule } from '../users/users.module';
import { LargePages } from './task-answers';
import { PageReader } from './pages/page-reader';
import { Replies, StoredReplies } from './replies/replies';
import { TaskOrderRepository } from './task-order.repository';
import { TaskOrderService } from './order/task-order.service';
import { TaskWrites } from './replies/task-writes';
import { Task } from './task.entity';
import { TaskCounts, TaskQuota } from './task-quota';
import { TasksController } from './tasks.controller';
import { TasksRepository } from './tasks.repository';
import { TasksService } from './tasks.service';
import { TasksExportController } from './tasks-export.controller';
import { TimeZones } from './search/time-zones';

@Module({
  imports: [TypeOrmModule.forFeature([Task]), UsersModule],
  controllers: [TasksController, TasksExportController],
  providers: [
    TasksService,
    TasksRepository,
    TaskOrderService,
    TaskOrderRepository,
    PageReader,
    TaskWrites,
    Replies,
    StoredReplies,
    TaskCounts,
    TaskQuota,
    TimeZones,
    LargePages,
  ],
  exports: [PageReader, TaskWrites, Replies, LargePages],
})
export class TasksModule {}
