import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { Task } from '../tasks/task.entity';
import { TasksModule } from '../tasks/tasks.module';
import { TrashController } from './trash.controller';
import { TrashRepository } from './trash.repository';
import { TrashService } from './trash.service';
import { TrashedTask } from './trashed-task.entity';

@Module({
  imports: [TypeOrmModule.forFeature([Task, TrashedTask]), TasksModule],
  controllers: [TrashController],
  providers: [TrashService, TrashRepository],
  exports: [TrashService],
})
export class TrashModule {}
