import { applyDecorators } from '@nestjs/common';
import {
  ApiCreatedResponse,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
} from '@nestjs/swagger';
import { responseHeaders } from '../openapi/response-headers';
import { ApiProblems } from '../problems/problem.dto';
import { ApiUserId } from '../user-scope/user-scope.guard';
import { UserDto } from './dto/user.dto';

/** How the users controller stands in the OpenAPI document: one decorator for each of its routes. */
type Documented = () => MethodDecorator;

const USER: UserDto = {
  id: '0c1d2e3f-4a5b-8c6d-9e7f-8091a2b3c4d5',
  email: 'ada@example.com',
  created_at: '2026-11-22T09:30:00.125Z',
};

export const ApiRefreshUser: Documented = () =>
  applyDecorators(
    ApiOperation({
      operationId: 'refreshUser',
      summary: 'Create or refresh your account',
      description:
        'Takes everything from your token; a body with content is refused. You need not call this, because your first task creates the account; it updates the e-mail address.',
    }),
    ApiCreatedResponse({
      description: 'Your account is new.',
      type: UserDto,
      example: USER,
      headers: responseHeaders('Location'),
    }),
    ApiOkResponse({
      description: 'Your account is up to date.',
      type: UserDto,
      example: USER,
      headers: responseHeaders('Location'),
    }),
    ApiProblems('email-taken'),
  );

export const ApiGetUser: Documented = () =>
  applyDecorators(
    ApiUserId(),
    ApiOperation({
      operationId: 'getUser',
      summary: 'Get your account',
      description: 'There is none before your first write.',
    }),
    ApiOkResponse({ description: 'Your account.', type: UserDto, example: USER }),
    ApiProblems('user-not-provisioned'),
  );

export const ApiDeleteUser: Documented = () =>
  applyDecorators(
    ApiUserId(),
    ApiOperation({
      operationId: 'deleteUser',
      summary: 'Delete your account and all your tasks',
      description:
        'Erases everything at once and for good. A valid token may start a new, empty account.',
    }),
    ApiNoContentResponse({ description: 'Nothing of you is left.' }),
    ApiProblems('user-not-provisioned'),
  );
