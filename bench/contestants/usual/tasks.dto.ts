import { Type } from 'class-transformer';
import {
  IsBoolean,
  IsInt,
  IsOptional,
  IsString,
  Length,
  Max,
  MaxLength,
  Min,
} from 'class-validator';
import { Task } from './task.entity';

export class CreateTaskDto {
  @IsString()
  @Length(1, 200)
  title!: string;

  @IsOptional()
  @IsString()
  @MaxLength(10_000)
  description: string | null = null;

  @IsBoolean()
  completed: boolean = false;
}

export class PatchTaskDto {
  @IsOptional()
  @IsString()
  @Length(1, 200)
  title?: string;

  @IsOptional()
  @IsString()
  @MaxLength(10_000)
  description?: string | null;

  @IsOptional()
  @IsBoolean()
  completed?: boolean;
}

export class ListTasksDto {
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(200)
  limit: number = 50;

  @IsOptional()
  @IsString()
  cursor?: string;
}

export class TaskPageDto {
  @Type(() => Task)
  items: Task[] = [];
  next_cursor: string | null = null;
}
