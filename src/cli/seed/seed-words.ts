type Words = readonly [string, ...string[]];

/** Verbs and their objects, in matching sets, so that each title makes sense. */
export const ACTIVITIES: readonly [Activity, ...Activity[]] = [
  {
    verbs: ['Review', 'Prepare', 'Send', 'Update', 'Translate', 'Archive', 'Discuss', 'Print'],
    objects: [
      'the quarterly report',
      'the contract draft',
      'the onboarding guide',
      'the budget for next year',
      'the slides for the board',
      'the minutes of the last meeting',
      'the press release',
      'the customer survey',
      'the risk assessment',
      'the travel policy',
    ],
  },
  {
    verbs: ['Fix', 'Investigate', 'Test', 'Document', 'Refactor', 'Measure', 'Deploy'],
    objects: [
      'the login page',
      'the nightly export',
      'the search index',
      'the payment retry',
      'the 502 after a deploy',
      'the naïve cache',
      'the memory leak in the worker',
      'the API client (v2)',
      'time zones in invoices',
      'the "forgot password" e-mail',
    ],
  },
  {
    verbs: ['Buy', 'Order', 'Compare prices of', 'Pick up', 'Return'],
    objects: [
      'printer paper',
      'a birthday present 🎂',
      'winter tyres',
      'oat milk & coffee',
      'a new desk lamp',
      'light bulbs (E27)',
      'running shoes',
      'crème fraîche',
      'a USB-C cable',
      'the dry cleaning',
    ],
  },
  {
    verbs: ['Book', 'Confirm', 'Move', 'Cancel', 'Pay for'],
    objects: [
      'the dentist appointment',
      'the train to Zürich',
      'the hotel in São Paulo',
      'the meeting room for Friday',
      'the car inspection',
      'the yoga class',
      'the parent-teacher conference',
      'the table for eight',
      'the flight to Kraków',
      'the flu vaccination',
    ],
  },
  {
    verbs: ['Clean', 'Repair', 'Paint', 'Tidy up', 'Measure'],
    objects: [
      'the gutters',
      'the bicycle',
      'the garden shed',
      'the kitchen tap',
      'the balcony',
      'the bookshelf',
      'the attic',
      'the coffee machine',
      "the children's room",
      'the garage door',
    ],
  },
];

export interface Activity {
  readonly verbs: Words;
  readonly objects: Words;
}

/** What follows a title; most have nothing. */
export const QUALIFIERS: Words = [
  '',
  '',
  '',
  '',
  '',
  ' before Friday',
  ' with Amélie',
  ' with Jürgen',
  ' for the new office',
  ' – again',
  ' (urgent!)',
  ' this week',
  ' at 50 % of the price',
];

/** Titles of people who write in other languages. */
export const FOREIGN_TITLES: Words = [
  'Größe der Fenster messen',
  'Réserver la salle de réunion',
  'Llamar al médico mañana',
  '牛乳を買う',
  'Купить билеты на поезд',
  'הזמנת מקום במסעדה',
  '예약 확인하기',
];

export const SENTENCES: Words = [
  'The last version is in the shared folder.',
  'Ask for an invoice.',
  'Anna knows the details.',
  'Nothing is blocked by this, but it should not wait until the end of the month.',
  'See the notes of the last meeting: two points are still open.',
  'It took about 40 minutes the last time.',
  'The number is on the back of the card.',
  'Check the opening hours first.',
  'There was a problem with the address; "Hauptstraße 12\\a" is the right one.',
  'If it costs more than 100 €, talk about it first.',
  'https://example.com/wiki/how-to?step=3#details',
  'Done when the others have agreed.',
];

export const TAGS: Words = [
  'home',
  'work',
  'garden',
  'errands',
  'waiting',
  'someday',
  'Büro',
  '買い物',
];

export const TIME_ZONES: readonly [null, ...string[]] = [
  null,
  'Europe/Berlin',
  'America/New_York',
  'Asia/Kolkata',
  'UTC',
];
