import { Module } from '@nestjs/common';
import { TasksModule } from '../tasks/tasks.module';
import { ChangesController } from './changes.controller';
import { ChangesReader } from './changes-reader';
import { ChangesRepository } from './changes.repository';

@Module({
  imports: [TasksModule],
  controllers: [ChangesController],
  providers: [ChangesReader, ChangesRepository],
  exports: [ChangesReader],
})
export class ChangesModule {}
