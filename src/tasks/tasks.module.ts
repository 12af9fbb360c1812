import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { UsersModule } from '../users/users.module';
import { LargePages } from './pages/large-pages';
import { Task } from './task.entity';
import { TaskQuota } from './task-quota';
import { TasksController } from './tasks.controller';
import { TasksRepository } from './tasks.repository';
import { TasksService } from './tasks.service';
import { TasksExportController } from './tasks-export.controller';
import { TimeZones } from './search/time-zones';

@Module({
  imports: [TypeOrmModule.forFeature([Task]), UsersModule],
  controllers: [TasksController, TasksExportController],
  providers: [TasksService, TasksRepository, TaskQuota, TimeZones, LargePages],
})
export class TasksModule {}
