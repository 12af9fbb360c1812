import { type MiddlewareConsumer, Module, type NestModule, RequestMethod } from '@nestjs/common';
import { ChangesModule } from '../changes/changes.module';
import { NotificationsModule } from '../database/notifications/notifications.module';
import { onlyMethods } from '../http/adapter/method-not-allowed';
import { EventStreams } from './event-streams';
import { EventsController } from './events.controller';
import { FeedMarksRepository } from './feed-marks.repository';
import { WatchedFeeds } from './watched-feeds';

@Module({
  imports: [ChangesModule, NotificationsModule],
  controllers: [EventsController],
  providers: [EventStreams, WatchedFeeds, FeedMarksRepository],
  exports: [EventStreams, WatchedFeeds, NotificationsModule],
})
export class EventsModule implements NestModule {
  /** Under other methods `events` would stand in the place of a task's id. */
  configure(consumer: MiddlewareConsumer): void {
    consumer
      .apply(onlyMethods('GET', 'HEAD', 'OPTIONS'))
      .forRoutes({ path: 'api/:user_id/tasks/events', method: RequestMethod.ALL });
  }
}
