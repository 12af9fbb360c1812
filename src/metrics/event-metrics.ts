import { Injectable } from '@nestjs/common';
import { Histogram, Registry } from 'prom-client';
import { ChangeAnnouncer } from '../database/notifications/change-announcer';
import { ChangeListener } from '../database/notifications/change-listener';
import { STREAM_ENDS } from '../events/event-stream';
import { EventStreams } from '../events/event-streams';
import { WAKE_UP_CAUSES, WatchedFeeds } from '../events/watched-feeds';
import { readCounter, readGauge, unlabelled } from './pulled-metrics';

/** Streams of events, what wakes them, and how late their events are. */
@Injectable()
export class EventMetrics {
  constructor(
    registry: Registry,
    streams: EventStreams,
    feeds: WatchedFeeds,
    announcer: ChangeAnnouncer,
    listener: ChangeListener,
  ) {
    registerStreamMetrics(registry, streams, feeds);
    registerWakeUpMetrics(registry, feeds, announcer, listener);
    measureLag(registry, streams);
  }
}

function registerStreamMetrics(
  registry: Registry,
  streams: EventStreams,
  feeds: WatchedFeeds,
): void {
  readGauge(
    registry,
    { name: 'task_api_event_streams_open', help: 'Streams of events that are open.' },
    () => unlabelled(streams.size),
  );
  readGauge(
    registry,
    {
      name: 'task_api_event_feeds_watched',
      help: 'Users who have a stream; with several processes, in each of them.',
    },
    () => unlabelled(feeds.size),
  );
  readCounter(
    registry,
    {
      name: 'task_api_event_streams_ended_total',
      help: 'Streams that have ended: by the client, with the token, by a reset, because the isolation was lost, at shutdown, by a fault.',
      labelNames: ['why'],
    },
    () => STREAM_ENDS.map((why) => [{ why }, streams.ends[why]]),
  );
}

function registerWakeUpMetrics(
  registry: Registry,
  feeds: WatchedFeeds,
  announcer: ChangeAnnouncer,
  listener: ChangeListener,
): void {
  readCounter(
    registry,
    {
      name: 'task_api_event_wake_ups_total',
      help: 'Wake-ups of streams: by a write of the same process, by a notification of another, or by the upkeep, which finds what nobody told.',
      labelNames: ['by'],
    },
    () => WAKE_UP_CAUSES.map((by) => [{ by }, feeds.wakeUps[by]]),
  );
  readCounter(
    registry,
    {
      name: 'task_api_event_notifications_sent_total',
      help: 'Notifications sent to other processes, each of up to 200 users.',
    },
    () => unlabelled(announcer.sent),
  );
  readGauge(
    registry,
    {
      name: 'task_api_event_listening',
      help: 'Processes that hear notifications: from their first stream on, and not behind a pooler.',
    },
    () => unlabelled(listener.isListening ? 1 : 0),
  );
}

function measureLag(registry: Registry, streams: EventStreams): void {
  const lag = new Histogram({
    name: 'task_api_event_lag_seconds',
    help: 'Seconds from the number of a change, which is the clock of the database, to its event, by the clock of this process.',
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
    registers: [registry],
  });
  streams.onEvent = (ageSeconds) => {
    lag.observe(ageSeconds);
  };
}
