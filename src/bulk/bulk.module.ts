import { type MiddlewareConsumer, Module, type NestModule, RequestMethod } from '@nestjs/common';
import { onlyMethods } from '../http/adapter/method-not-allowed';
import { TasksModule } from '../tasks/tasks.module';
import { TrashModule } from '../trash/trash.module';
import { BulkController } from './bulk.controller';
import { BulkService } from './bulk.service';

@Module({
  imports: [TasksModule, TrashModule],
  controllers: [BulkController],
  providers: [BulkService],
})
export class BulkModule implements NestModule {
  /** Under other methods `bulk` would stand in the place of a task's id. */
  configure(consumer: MiddlewareConsumer): void {
    consumer
      .apply(onlyMethods('POST', 'OPTIONS'))
      .forRoutes({ path: 'api/:user_id/tasks/bulk', method: RequestMethod.ALL });
  }
}
