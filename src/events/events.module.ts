import { Module } from '@nestjs/common';
import { ChangesModule } from '../changes/changes.module';
import { NotificationsModule } from '../database/notifications/notifications.module';
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
export class EventsModule {}
