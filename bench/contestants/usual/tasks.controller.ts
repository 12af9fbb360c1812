import {
  Body,
  Controller,
  Delete,
  Get,
  HttpCode,
  Param,
  ParseUUIDPipe,
  Patch,
  Post,
  Put,
  Query,
  Res,
  UseGuards,
} from '@nestjs/common';
import type { Response } from 'express';
import { JwtAuthGuard } from './jwt-auth.guard';
import { CreateTaskDto, ListTasksDto, PatchTaskDto } from './tasks.dto';
import { TasksService } from './tasks.service';

@Controller('api/:user_id/tasks')
@UseGuards(JwtAuthGuard)
export class TasksController {
  constructor(private readonly tasks: TasksService) {}

  @Get()
  list(@Param('user_id', ParseUUIDPipe) userId: string, @Query() query: ListTasksDto) {
    return this.tasks.list(userId, query);
  }

  @Post()
  async create(
    @Param('user_id', ParseUUIDPipe) userId: string,
    @Body() dto: CreateTaskDto,
    @Res({ passthrough: true }) response: Response,
  ) {
    const task = await this.tasks.create(userId, dto);
    response.location(`/api/${userId}/tasks/${task.id}`);
    return task;
  }

  @Get(':id')
  get(@Param('user_id', ParseUUIDPipe) userId: string, @Param('id', ParseUUIDPipe) id: string) {
    return this.tasks.get(userId, id);
  }

  @Put(':id')
  replace(
    @Param('user_id', ParseUUIDPipe) userId: string,
    @Param('id', ParseUUIDPipe) id: string,
    @Body() dto: CreateTaskDto,
  ) {
    return this.tasks.update(userId, id, dto);
  }

  @Patch(':id')
  patch(
    @Param('user_id', ParseUUIDPipe) userId: string,
    @Param('id', ParseUUIDPipe) id: string,
    @Body() dto: PatchTaskDto,
  ) {
    return this.tasks.update(userId, id, dto);
  }

  @Patch(':id/complete')
  toggle(@Param('user_id', ParseUUIDPipe) userId: string, @Param('id', ParseUUIDPipe) id: string) {
    return this.tasks.toggle(userId, id);
  }

  @Delete(':id')
  @HttpCode(204)
  delete(@Param('user_id', ParseUUIDPipe) userId: string, @Param('id', ParseUUIDPipe) id: string) {
    return this.tasks.delete(userId, id);
  }
}
