import { Injectable, NotFoundException } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { LessThan, Repository } from 'typeorm';
import { Task } from './task.entity';
import { type CreateTaskDto, type ListTasksDto, type PatchTaskDto, TaskPageDto } from './tasks.dto';

@Injectable()
export class TasksService {
  constructor(@InjectRepository(Task) private readonly tasks: Repository<Task>) {}

  async list(user_id: string, { limit, cursor }: ListTasksDto): Promise<TaskPageDto> {
    const before = cursor === undefined ? {} : { id: LessThan(cursor) };
    const rows = await this.tasks.find({
      where: { user_id, ...before },
      order: { id: 'DESC' },
      take: limit + 1,
    });
    const page = new TaskPageDto();
    page.items = rows.slice(0, limit);
    page.next_cursor = rows.length > limit ? (page.items.at(-1)?.id ?? null) : null;
    return page;
  }

  async get(user_id: string, id: string): Promise<Task> {
    const task = await this.tasks.findOneBy({ user_id, id });
    if (task === null) throw new NotFoundException();
    return task;
  }

  create(user_id: string, dto: CreateTaskDto): Promise<Task> {
    return this.tasks.save(this.tasks.create({ ...dto, user_id }));
  }

  async update(user_id: string, id: string, dto: CreateTaskDto | PatchTaskDto): Promise<Task> {
    const task = await this.get(user_id, id);
    return this.tasks.save(this.tasks.merge(task, dto));
  }

  async toggle(user_id: string, id: string): Promise<Task> {
    const task = await this.get(user_id, id);
    task.completed = !task.completed;
    return this.tasks.save(task);
  }

  async delete(user_id: string, id: string): Promise<void> {
    const { affected } = await this.tasks.delete({ user_id, id });
    if (affected === 0) throw new NotFoundException();
  }
}
