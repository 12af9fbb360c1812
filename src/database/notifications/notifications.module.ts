import { Module, type OnApplicationShutdown } from '@nestjs/common';
import { DatabaseSession } from '../session/database-session';
import { ChangeAnnouncer } from './change-announcer';
import { ChangeChannel } from './change-channel';
import { ChangeListener } from './change-listener';

/** How processes notify each other of changed feeds. */
@Module({
  providers: [
    ChangeChannel,
    {
      provide: ChangeAnnouncer,
      inject: [DatabaseSession, ChangeChannel],
      useFactory: (session: DatabaseSession, channel: ChangeChannel) =>
        new ChangeAnnouncer(session, channel),
    },
    {
      provide: ChangeListener,
      inject: [DatabaseSession, ChangeChannel],
      useFactory: (session: DatabaseSession, channel: ChangeChannel) =>
        new ChangeListener(session, channel),
    },
  ],
  exports: [ChangeAnnouncer, ChangeListener],
})
export class NotificationsModule implements OnApplicationShutdown {
  constructor(
    private readonly announcer: ChangeAnnouncer,
    private readonly listener: ChangeListener,
  ) {}

  /** Runs after the HTTP server has closed. */
  async onApplicationShutdown(): Promise<void> {
    this.listener.close();
    await this.announcer.close();
  }
}
