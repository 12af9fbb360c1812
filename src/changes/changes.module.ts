import { type MiddlewareConsumer, Module, type NestModule, RequestMethod } from '@nestjs/common';
import { onlyMethods } from '../http/adapter/method-not-allowed';
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
export class ChangesModule implements NestModule {
  /** Under other methods `changes` would stand in the place of a task's id. */
  configure(consumer: MiddlewareConsumer): void {
    consumer
      .apply(onlyMethods('GET', 'HEAD', 'OPTIONS'))
      .forRoutes({ path: 'api/:user_id/tasks/changes', method: RequestMethod.ALL });
  }
}
