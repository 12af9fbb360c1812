import { Controller, Delete, Get, Headers, HttpCode, Post, Req, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { IncomingHttpHeaders } from 'node:http';
import type { Request, Response } from 'express';
import type { Identity } from '../auth/identity';
import { NoBody } from '../http/input/json-body';
import { refusePreconditions, markAsUserData } from '../http/headers';
import type { UserScope } from '../user-scope/user-scope';
import { CurrentIdentity, CurrentUserScope, RequiresScope } from '../user-scope/user-scope.guard';
import { toUserDto, type UserDto } from './dto/user.dto';
import { ApiDeleteUser, ApiGetUser, ApiRefreshUser } from './users.openapi';
import { UsersService } from './users.service';

/** The caller's own account. The guard knows `me` and refuses every other user's id. */
@ApiTags('Users')
@Controller('api/users')
export class UsersController {
  constructor(private readonly users: UsersService) {}

  @Post()
  @RequiresScope('users:write')
  @ApiRefreshUser()
  async refresh(
    @CurrentUserScope() scope: UserScope,
    @CurrentIdentity() identity: Identity,
    @Req() request: Request,
    @NoBody() _body: undefined,
    @Res({ passthrough: true }) response: Response,
  ): Promise<UserDto> {
    refuseVersions(request.headers);
    const { user, created } = await this.users.refresh(scope, identity);
    response.status(created ? 201 : 200);
    response.setHeader('Location', `${request.basePath}/api/users/${user.id}`);
    markAsUserData(response);
    return toUserDto(user);
  }

  @Get(':user_id')
  @RequiresScope('users:read')
  @ApiGetUser()
  async get(
    @CurrentUserScope() scope: UserScope,
    @Res({ passthrough: true }) response: Response,
  ): Promise<UserDto> {
    const user = await this.users.get(scope);
    markAsUserData(response);
    return toUserDto(user);
  }

  @Delete(':user_id')
  @HttpCode(204)
  @RequiresScope('users:write')
  @ApiDeleteUser()
  async delete(
    @CurrentUserScope() scope: UserScope,
    @Headers() headers: IncomingHttpHeaders,
  ): Promise<void> {
    refuseVersions(headers);
    await this.users.delete(scope);
  }
}

/** @throws ProblemError `validation` */
function refuseVersions(headers: IncomingHttpHeaders): void {
  refusePreconditions(
    headers,
    ['If-Match', 'If-None-Match'],
    'an account has no `ETag` to compare',
  );
}
